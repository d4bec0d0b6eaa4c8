import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'

/**
 * The first source that has a token. The next is tried only where one is absent: a source that is there and fails ends
 * the search, because a token of another identity must not stand in for it unseen. Throws StsClientError:
 * subject_token_absent where all are, and what a source throws.
 */
export function chain(...sources: readonly TokenSource[]): TokenSource {
  return async () => {
    const looked: string[] = []
    for (const source of sources) {
      try {
        return await source()
      } catch (thrown) {
        if (!(thrown instanceof StsClientError) || thrown.code !== 'subject_token_absent') throw thrown
        looked.push(thrown.detail ?? 'a source')
      }
    }
    throw new StsClientError('subject_token_absent', { detail: looked.join('; ') || 'no place was named' })
  }
}
