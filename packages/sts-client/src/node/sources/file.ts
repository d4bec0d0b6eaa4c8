import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import type { ReadFile } from './source.ts'
import { mayBeToken, place, present } from './source.ts'

/**
 * The token in a file, read again for every exchange because platforms rotate it in place. Throws StsClientError:
 * subject_token_absent (no such file, or nothing in it), subject_token_unreadable.
 */
export function tokenFile(path: string, options: { readonly readFile?: ReadFile } = {}): TokenSource {
  const { readFile = readText } = options
  return async () => {
    const text = await readFile(path).catch((cause: unknown) => {
      const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
      const code = isAbsent ? 'subject_token_absent' : 'subject_token_unreadable'
      // The system's error repeats the path.
      throw new StsClientError(code, { detail: place('file', path), ...(mayBeToken(path) ? {} : { cause }) })
    })
    return present(text, place('file', path))
  }
}

// Asked of the process, not imported: the credential helper must not pay at its start for what it does not use.
const readText: ReadFile = (path) => process.getBuiltinModule('node:fs').promises.readFile(path, 'utf8')

/**
 * Where the Kubernetes example of this package projects its token. Not the kubelet's own
 * `/var/run/secrets/kubernetes.io/serviceaccount/token`: that one is for the API server, and whoever receives it can
 * act in the cluster as the pod.
 */
export const KUBERNETES_TOKEN_PATH = '/var/run/secrets/stint/token'

/**
 * The service account token that Kubernetes projects into a volume, with the Stint server as its audience. The kubelet
 * replaces it when 80 % of its life or 24 h have passed. Throws as `tokenFile` does.
 */
export function kubernetesToken(
  options: { readonly path?: string; readonly readFile?: ReadFile } = {},
): TokenSource {
  return tokenFile(options.path ?? KUBERNETES_TOKEN_PATH, options)
}
