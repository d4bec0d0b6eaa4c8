const REDACTED = '[redacted]'

/**
 * A value that must never be printed. `String()`, template literals, `JSON.stringify`, `console.log` and
 * `util.inspect` all show `[redacted]`; `reveal()` is the one door, so one grep finds every use.
 */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself. Call it only where the value leaves the process: a signature, a wire body. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}
