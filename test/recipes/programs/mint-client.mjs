// Asks the test for a token; see platforms/mint.ts.
export async function printToken(asked) {
  const { TEST_MINT_URL: url, TEST_MINT_BEARER: bearer } = process.env
  const answer = await fetch(`${url}&${asked}`, { headers: { authorization: `Bearer ${bearer}` } })
  if (!answer.ok) throw new Error(`the mint answered ${answer.status}`)
  const { value } = await answer.json()
  console.log(value)
}

export function usage(text) {
  console.error(text)
  process.exit(2)
}
