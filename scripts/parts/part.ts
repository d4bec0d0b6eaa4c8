/** A real program that demo and tests start: how it is found, made, and what a person can do instead. */
export type Part = {
  readonly name: string
  readonly version: string
  /** Where a usable one is already, or null. Says why where one was looked at and refused. */
  find(say: Say): Promise<string | null>
  /** Makes one into the cache folder and answers its path. */
  make(say: Say): Promise<string>
  /** The command that a person can run instead. */
  readonly byHand: string
}

export type Say = (line: string) => void

/** A part could not be had: its name, the reason, and what to do about it. */
export class PartMissing extends Error {
  constructor(part: Pick<Part, 'name' | 'version' | 'byHand'>, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      `the part \`${part.name}\` (${part.version}) cannot be had: ${reason}\n  instead you can run: ${part.byHand}`,
      { cause },
    )
    this.name = 'PartMissing'
  }
}

/** The path of a part's program: found where it is, made where it is not. Throws PartMissing. */
export async function ensurePart(part: Part, say: Say): Promise<string> {
  try {
    return (await part.find(say)) ?? (await part.make(say))
  } catch (cause) {
    throw cause instanceof PartMissing ? cause : new PartMissing(part, cause)
  }
}
