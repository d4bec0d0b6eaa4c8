import type { Anchor, Logger } from '../ports.ts'

/**
 * The process log: under systemd that is the journal, from where it goes to wherever journals go. Node has no datagram
 * sockets of the kind that journald listens at, so standard error is the way. It cannot be read back: it proves a
 * rollback to whoever keeps the journal, and stops no start.
 */
export function createLogAnchor(log: Logger): Anchor {
  return {
    name: 'log',
    isOwn: false,
    read: async () => 'unreadable',
    async write({ size, note }) {
      log.info('audit.checkpoint', { size, note })
    },
  }
}
