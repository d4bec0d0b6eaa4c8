import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { grant, startEndpoint } from '../../test/support/token-endpoint.ts'

/** A token endpoint that grants, as a process of its own; with a folder of `cert.pem` and `key.pem` it speaks TLS. */
const [folder] = process.argv.slice(2)
const pem = (name: string) => readFileSync(join(folder ?? '', `${name}.pem`), 'utf8')
const tls = folder === undefined ? undefined : { cert: pem('cert'), key: pem('key') }
const { url } = await startEndpoint(() => grant(), tls)
console.log(url)
