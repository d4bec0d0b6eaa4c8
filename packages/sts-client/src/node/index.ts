export type { ExchangeExit, ExchangeIo } from './cli.ts'
export { EXCHANGE_EXIT, exchangeCommand } from './cli.ts'
export { receiptCommand } from './receipt-command.ts'
export type { Env, GithubOptions, ReadFile } from './subject-token.ts'
export {
  chain,
  githubActionsToken,
  KUBERNETES_TOKEN_PATH,
  kubernetesToken,
  tokenEnv,
  tokenFile,
} from './subject-token.ts'
