export type { ExchangeResult, S3Credentials } from './answer.ts'
export { processExchangeResponse } from './answer.ts'
export type { Runtime } from './default-clock.ts'
export { systemRuntime } from './default-clock.ts'
export type { FailureKind, StsClientErrorCode } from './errors.ts'
export { StsClientError, stsClientErrorCodes } from './errors.ts'
export type { ExchangeCallOptions, ExchangeOptions } from './exchange.ts'
export { buildExchangeRequest, exchangeToken } from './exchange.ts'
export type {
  AwsCredentialProvider,
  AwsCredentials,
  CredentialProviderOptions,
  TokenSource,
} from './provider.ts'
export { credentialProvider } from './provider.ts'
export type { LogGrowthOptions } from './log-growth.ts'
export { verifyGrowth } from './log-growth.ts'
export type { ReceiptExpectation, VerifiedReceipt } from './receipt.ts'
export { verifyReceipt } from './receipt.ts'
export type { SignedCheckpoint } from './signed-note.ts'
export type { AnswerHeaders, Fetch, HttpRequest } from './transport.ts'
export type { RoleArn, SubjectTokenType } from './wire.ts'
export { parseRoleArn, roleArn } from './wire.ts'
