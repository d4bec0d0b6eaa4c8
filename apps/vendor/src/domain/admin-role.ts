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
  'review.read',
  'review.decide',
  'review.manage',
  'review.release',
  'personal.erase',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const ADMIN_ROLES = {
  viewer: ['config.read'],
  author: ['config.read', 'config.plan', 'config.apply', 'review.read'],
  approver: ['config.read', 'config.plan', 'change.decide', 'review.read', 'review.release'],
  operator: ['config.read', 'audit.read', 'sessions.revoke', 'target.rekey', 'target.probe', 'review.read'],
  reviewer: ['config.read', 'audit.read', 'review.read', 'review.decide', 'review.manage'],
  auditor: ['config.read', 'audit.read', 'review.read'],
  // Apart from whoever works with the log or is seen in it: what is erased is gone for all of them.
  privacy: ['config.read', 'personal.erase'],
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
