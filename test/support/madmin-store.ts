import { sealAdminBody } from './madmin.ts'
import type { RunningMinio } from './minio-server.ts'
import { s3Caller } from './s3.ts'

const ADMIN = '/minio/admin/v3/'

/** What an administrator of a MinIO does, over its admin API; each call throws where the store refuses. */
export function minioAdmin(store: RunningMinio) {
  const root = s3Caller(store.endpoint, store.root)
  const must = async (
    method: string,
    path: string,
    query: Record<string, string>,
    body?: string | Uint8Array,
  ) => {
    const answer = await root(method, ADMIN + path, { query, ...(body === undefined ? {} : { body }) })
    if (answer.status !== 200)
      throw new Error(`${path} ${JSON.stringify(query)}: ${answer.status} ${answer.code}`)
    return answer
  }
  return {
    addPolicy: (name: string, document: object) =>
      must('PUT', 'add-canned-policy', { name }, JSON.stringify(document)),
    addUser: (accessKey: string, secretKey: string) =>
      must(
        'PUT',
        'add-user',
        { accessKey },
        sealAdminBody(store.rootPassword, JSON.stringify({ secretKey, status: 'enabled' })),
      ),
    disableUser: (accessKey: string) => must('PUT', 'set-user-status', { accessKey, status: 'disabled' }),
    setGroup: (group: string, members: readonly string[]) =>
      must('PUT', 'update-group-members', {}, JSON.stringify({ group, members, isRemove: false })),
    disableGroup: (group: string) => must('PUT', 'set-group-status', { group, status: 'disabled' }),
    attach: (userOrGroup: string, policies: readonly string[], isGroup: boolean) =>
      must('PUT', 'set-user-or-group-policy', {
        policyName: policies.join(','),
        userOrGroup,
        isGroup: String(isGroup),
      }),
    exportIam: async () => (await must('GET', 'export-iam', {})).body,
  }
}
