import { signedIn } from '../../test/support/page-session.ts'
import { STINT_URL, YOU } from './programs.ts'
import { expected, type Steps } from './steps.ts'

/** Somebody signs in to the page, by the code flow, and sees the review that was sealed. */
export async function playPage(review: string, { step }: Steps): Promise<void> {
  await step('the page: you sign in and see it', async () => {
    const { cookie } = await signedIn(STINT_URL, YOU)
    const path = `/ui/reviews/${review}`
    const answer = await fetch(`${STINT_URL}${path}`, { headers: { cookie } })
    expected(answer.status === 200, `it answers ${answer.status}`)
    const [title = ''] = /<h1[^>]*>[^<]*/.exec(await answer.text()) ?? []
    return { said: `${STINT_URL}${path}: ${title.replace(/<[^>]*>/, '').trim()}`, value: null }
  })
}
