import type { ClaimPath, ClaimValue } from '../subject.ts'
import { isCommitment } from './commitment.ts'

/**
 * Claims that name or describe a person: those of OpenID Connect (Core §5.1), those that identity providers add to say who
 * somebody is, and those by which CI systems say who started a job. What a claim like `repository` says stays in clear.
 */
export const PERSONAL_CLAIMS: readonly string[] = [
  'name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture', 'website',
  'email', 'email_verified', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number', 'phone_number_verified',
  'address', 'upn', 'unique_name', 'oid', 'onprem_sid', 'ipaddr', 'login_hint', 'username', 'cognito:username',
  'actor', 'actor_id', 'triggering_actor', 'user_id', 'user_login', 'user_name', 'user_email', 'user_identities',
  'user_access_level', 'build_creator', 'build_creator_email',
] // biome-ignore format: a list of words

/**
 * The claims of a setting, null for `off` alone: nothing is erasable. Else names, among which `on` stands for those that are
 * taken for personal where nothing is said.
 */
export function erasableClaims(names: readonly string[]): readonly string[] | null {
  if (names.length === 1 && names[0] === 'off') return null
  return [...new Set(names.flatMap((name) => (name === 'on' ? PERSONAL_CLAIMS : [name])))]
}

/**
 * Whether a recorded claim is personal. One name on its path is enough, or within its value: `address.country`, and the
 * `email` in an object that was recorded whole. `sub` always is. A value that holds what looks like a commitment is, too:
 * else whoever reads could take it for one of ours, and put somebody's clear text in its place.
 */
export function createPersonalClaims(
  names: readonly string[],
): (path: ClaimPath, value: ClaimValue) => boolean {
  const personal = new Set(['sub', ...names])
  const isInside = (value: ClaimValue): boolean => {
    if (typeof value === 'string') return isCommitment(value)
    if (typeof value !== 'object' || value === null) return false
    if (Array.isArray(value)) return value.some(isInside)
    return Object.entries(value).some(([name, inner]) => personal.has(name) || isInside(inner))
  }
  return (path, value) => path.some((step) => personal.has(step)) || isInside(value)
}
