/** What an administrator may do. One table: every admin operation asks it and nothing else. */
export const PERMISSIONS = [
  'config.read',
  'config.plan',
  'config.apply',
  'change.decide',
  'audit.read',
  'sessions.revoke',
  'target.rekey',
  'target.probe',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const ADMIN_ROLES = {
  viewer: ['config.read'],
  author: ['config.read', 'config.plan', 'config.apply'],
  approver: ['config.read', 'config.plan', 'change.decide'],
  operator: ['config.read', 'audit.read', 'sessions.revoke', 'target.rekey', 'target.probe'],
  reviewer: ['config.read', 'audit.read'],
  auditor: ['config.read', 'audit.read'],
} as const satisfies Record<string, readonly Permission[]>
export type AdminRole = keyof typeof ADMIN_ROLES

/** Whether any of the roles allows it; an unknown role allows nothing. */
export function mayAdminister(roles: readonly string[], permission: Permission): boolean {
  return roles.some(
    (role) => Object.hasOwn(ADMIN_ROLES, role) && allowed(role as AdminRole).includes(permission),
  ) // an own key of the table
}

function allowed(role: AdminRole): readonly Permission[] {
  return ADMIN_ROLES[role]
}
