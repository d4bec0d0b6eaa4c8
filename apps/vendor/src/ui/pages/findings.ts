import type { ShownFinding, UiData } from '../data.ts'
import { html } from '../html.ts'
import { findingList } from '../parts/findings.ts'
import { select } from '../parts/form.ts'
import { pager } from '../parts/pager.ts'
import { empty } from '../parts/pieces.ts'
import type { UiPage } from '../route.ts'

const ROWS = 50
const KINDS = ['log', 'mapping', 'role', 'policy', 'issuer', 'target', 'admin_binding'] as const

/** `/ui/findings`: what somebody should think about in what stands, and in the log. The same as over REST, in its order. */
export function findingsPage(data: Pick<UiData, 'findings'>): UiPage {
  return {
    path: '/findings',
    operation: 'listFindings',
    async show(view) {
      const shown = await data.findings()
      // The log goes before everything that rests on it.
      const findings = [...shown.ofLog, ...shown.findings]
      const of = (name: string) => view.query.get(name) ?? ''
      const [severity, kind, rule] = [of('severity'), of('kind'), of('rule')]
      const isWanted = (one: ShownFinding) =>
        (severity === '' || one.severity === severity) &&
        (kind === '' || one.kind === kind) &&
        (rule === '' || one.rule === rule)
      const found = findings.filter(isWanted)
      const pages = Math.max(1, Math.ceil(found.length / ROWS))
      const page = Math.min(pages, Math.max(1, Math.trunc(Number(of('page'))) || 1))
      const rules = [...new Set(findings.map((one) => one.rule))].toSorted()
      const body = html`<h1>Findings</h1>
<p class="lead">What somebody should think about: first in the log, on which everything rests, then in the configuration that stands, its warnings first. Each with what mends it.</p>
<form class="filters" method="get" action="${view.site.to('/findings')}" role="search">
${select({
  name: 'severity',
  label: 'Severity',
  chosen: severity,
  options: [
    ['', 'all'],
    ['warning', 'warnings'],
    ['notice', 'notices'],
  ],
})}
${select({ name: 'kind', label: 'Of', chosen: kind, options: [['', 'everything'], ...KINDS.map((one) => [one, one.replace('_', ' ')] as const)] })}
${select({ name: 'rule', label: 'Rule', chosen: rule, options: [['', 'all'], ...rules.map((one) => [one, one] as const)] })}
<button>Show</button></form>
${
  found.length === 0
    ? empty(findings.length === 0 ? 'Nothing is found. That is as it should be.' : 'No finding is like that.')
    : html`${findingList(view, found.slice((page - 1) * ROWS, page * ROWS), { isNamed: true })}
${pager({ total: found.length, noun: ['finding', 'findings'], page, pages, to: (next) => view.site.to('/findings', { severity, kind, rule, page: next }) })}`
}`
      return { title: 'Findings', section: 'findings', body }
    },
  }
}
