import { buildClient } from './build/client.ts'

/** `pnpm build:client`: packages/sts-client/dist, ready to be packed. */
const { dist } = await buildClient()
console.log(dist)
