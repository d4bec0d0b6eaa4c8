import { type Html, html, NOTHING } from '../html.ts'
import { TRUST_TONES, type TrustGraph, type TrustNode, weightOf } from '../views/trust-graph.ts'
import { px } from './figure.ts'

const WIDTH = 960
const HEAD = 26
const NODE = 9
const GAP = 8
/** A label needs so much, however thin its node is. */
const LABEL = 18
const USUAL_HEIGHT = 320
const THINNEST = 1.5
const MOST_LETTERS = 26

type Box = { readonly x: number; readonly y: number; readonly height: number; readonly node: TrustNode }

/** Columns of nodes with bands between them, as wide as what they stand for. Nothing in it is a link: the table has them. */
export function flowPicture(graph: TrustGraph, says: string): Html {
  const scale = scaleOf(graph)
  const columns = graph.columns.map(({ nodes }, at) => boxesOf(nodes, xOf(at, graph.columns.length), scale))
  const height = Math.max(...columns.flat().map(({ y, height: of }) => y + Math.max(of, LABEL)), HEAD) + 6
  const heads = graph.columns.map(({ head }, at) => text({ at, of: graph.columns.length, y: 12, says: head }))
  const labels = columns.flatMap((boxes, at) =>
    boxes.map(({ y, height: of, node }) =>
      text({ at, of: columns.length, y: y + Math.max(of, LABEL - 4) / 2 + 4, says: node.name, isName: true }),
    ),
  )
  const nodes = columns.flatMap((boxes) =>
    boxes.map(
      ({ x, y, height: of, node }) =>
        html`<rect class="node" x="${px(x)}" y="${px(y)}" width="${NODE}" height="${px(of)}" rx="2"><title>${node.name}: ${node.weight}</title></rect>`,
    ),
  )
  return html`<svg viewBox="0 0 ${WIDTH} ${px(height)}" role="img" aria-label="${says}" class="flow">${heads}${bandsOf(graph, columns, scale)}${nodes}${labels}</svg>`
}

function xOf(at: number, columns: number): number {
  return ((WIDTH - NODE) * at) / Math.max(1, columns - 1)
}

/** The same for every column, so that a mapping is equally thick all the way. */
function scaleOf({ columns }: TrustGraph): number {
  return Math.min(
    ...columns.map(({ nodes }) => {
      const weight = nodes.reduce((sum, node) => sum + node.weight, 0)
      return Math.max(60, USUAL_HEIGHT - GAP * nodes.length) / Math.max(1, weight)
    }),
    40,
  )
}

function boxesOf(nodes: readonly TrustNode[], x: number, scale: number): readonly Box[] {
  let y = HEAD
  return nodes.map((node) => {
    const box = { x, y, height: Math.max(THINNEST, node.weight * scale), node }
    y += Math.max(box.height, LABEL) + GAP
    return box
  })
}

/** The worst on top, so that it is seen where bands cross. */
function bandsOf(
  { links }: TrustGraph,
  columns: readonly (readonly Box[])[],
  scale: number,
): readonly Html[] {
  const [left, right] = [new Map<Box, number>(), new Map<Box, number>()]
  const placed = links.flatMap((link) => {
    const [from, to] = [columns[link.column]?.[link.from], columns[link.column + 1]?.[link.to]]
    if (from === undefined || to === undefined) return []
    return TRUST_TONES.flatMap((tone) => {
      const thick = link.tones[tone] * scale
      if (thick === 0) return []
      const [start, end] = [taken(left, from, thick), taken(right, to, thick)]
      const title = `${from.node.name} to ${to.node.name}: ${weightOf(link.tones)}`
      const path = band({ x: from.x + NODE, y: start }, { x: to.x, y: end }, Math.max(THINNEST, thick))
      return [{ tone, of: html`<path class="band ${tone}" d="${path}"><title>${title}</title></path>` }]
    })
  })
  return TRUST_TONES.flatMap((tone) => placed.filter((one) => one.tone === tone).map(({ of }) => of))
}

function taken(used: Map<Box, number>, box: Box, thick: number): number {
  const at = used.get(box) ?? box.y
  used.set(box, at + thick)
  return at
}

type Point = { readonly x: number; readonly y: number }

function band(from: Point, to: Point, thick: number): string {
  const middle = px((from.x + to.x) / 2)
  const curve = (a: Point, b: Point) => `C${middle} ${px(a.y)} ${middle} ${px(b.y)} ${px(b.x)} ${px(b.y)}`
  const [under, back] = [
    { x: to.x, y: to.y + thick },
    { x: from.x, y: from.y + thick },
  ]
  return `M${px(from.x)} ${px(from.y)}${curve(from, to)}L${px(under.x)} ${px(under.y)}${curve(under, back)}Z`
}

function text(of: {
  readonly at: number
  readonly of: number
  readonly y: number
  readonly says: string
  readonly isName?: boolean
}): Html {
  const isLast = of.at === of.of - 1
  const x =
    xOf(of.at, of.of) + (isLast ? (of.isName === true ? -6 : NODE) : of.isName === true ? NODE + 6 : 0)
  const cut = of.says.length > MOST_LETTERS ? `${of.says.slice(0, MOST_LETTERS - 1)}…` : of.says
  const whole = cut === of.says ? NOTHING : html`<title>${of.says}</title>`
  return html`<text class="${of.isName === true ? 'node-name' : 'tick'}" x="${px(x)}" y="${px(of.y)}"${isLast ? html` text-anchor="end"` : NOTHING}>${cut}${whole}</text>`
}
