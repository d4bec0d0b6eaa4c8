import { expect, test } from 'vitest'
import { cookieOf, setCookie } from './headers.ts'
import { siteOf } from './site.ts'

const site = siteOf('https://stint.example.com')

test('behind TLS a cookie is of this host alone, read by no script, sent over TLS and by no other site', () => {
  const cookie = setCookie(site, { name: site.sessionCookie, value: 'opaque' })
  expect(cookie).toBe('__Host-stint=opaque; Path=/; HttpOnly; SameSite=Lax; Secure')
  // What ends it must have the same flags, or browsers refuse to.
  expect(setCookie(site, { name: site.signInCookie, value: null })).toBe(
    '__Host-stint-sign-in=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
  )
})

test('a `__Host-` cookie has the path `/` even where Stint stands below another', () => {
  const below = siteOf('https://example.com/stint/')
  expect(setCookie(below, { name: below.sessionCookie, value: 'x' })).toContain('; Path=/;')
  expect(below.to('/log')).toBe('/stint/ui/log')
})

test.each([
  { name: 'one', header: '__Host-stint=a', value: 'a' },
  { name: 'one among others', header: 'x=1; __Host-stint=a; y=2', value: 'a' },
  { name: 'none', header: 'x=1', value: null },
  { name: 'one that only ends like it', header: 'x__Host-stint=a', value: null },
  { name: 'two, of which somebody added one', header: '__Host-stint=a; __Host-stint=b', value: null },
  { name: 'the same twice', header: '__Host-stint=a; __Host-stint=a', value: null },
])('reads a cookie where there is $name', ({ header, value }) => {
  expect(cookieOf(header, '__Host-stint')).toBe(value)
})
