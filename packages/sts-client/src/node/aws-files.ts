import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Env } from './sources/source.ts'

/** Where the AWS SDKs and the AWS CLI keep files of a user. */
export function awsFiles(env: Env) {
  const home = join(env['HOME'] || env['USERPROFILE'] || homedir(), '.aws')
  return {
    config: env['AWS_CONFIG_FILE'] || join(home, 'config'),
    credentials: env['AWS_SHARED_CREDENTIALS_FILE'] || join(home, 'credentials'),
    /** The AWS CLI's own, and the one that botocore's JSONFileCache is given by default. */
    caches: [join(home, 'cli', 'cache'), join(home, 'boto', 'cache')],
  }
}

const CREDENTIAL_KEYS = new Set([
  'aws_access_key_id',
  'credential_process',
  'credential_source',
  'login_session',
  'role_arn',
  'source_profile',
  'sso_account_id',
  'sso_session',
  'sso_start_url',
  'web_identity_token_file',
])

/**
 * The keys of a profile by which an SDK would get credentials. Reads the INI that the SDKs read: `[default]`,
 * `[profile name]` (in the configuration file), keys in lower case, nested settings indented.
 */
export function credentialKeys(text: string, profile: string): readonly string[] {
  const found: string[] = []
  let inside = false
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line)?.[1]
    if (section !== undefined) inside = section === profile
    const key = /^([\w-]+)\s*=\s*\S/.exec(line)?.[1]?.toLowerCase()
    if (inside && key !== undefined && CREDENTIAL_KEYS.has(key)) found.push(key)
  }
  return found
}
