import { signSigV4 } from './sigv4.ts'
import type { Reply, SeenRequest } from './token-endpoint.ts'

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string }

const XML = { 'content-type': 'text/xml' }

/** Answers `xml` to who signed the request with these keys, by a signer of its own; else as an STS does. */
export function answerSigned(request: SeenRequest, keys: Keys, xml: string): Reply {
  const { headers } = request
  const instant = String(headers['x-amz-date']).replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  )
  const url = new URL(`http://${headers.host}`)
  // The test's signer takes the path as it is given: what STS signs is escaped once more than it is sent.
  url.pathname = request.url.split('/').map(encodeURIComponent).join('/')
  const wanted = signSigV4(
    { method: 'POST', url, headers: { 'content-type': String(headers['content-type']) }, body: request.body },
    keys,
    { now: new Date(instant), service: 'sts', contentHashHeader: false },
  )
  return wanted['authorization'] === headers.authorization
    ? { status: 200, headers: XML, body: xml }
    : {
        status: 403,
        headers: XML,
        body: '<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>',
      }
}

export const IDENTITY_ARN = 'arn:aws:sts::000000000000:assumed-role/app/job-1'

export function identityXml(arn: string = IDENTITY_ARN): string {
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>AROA:job-1</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
}
