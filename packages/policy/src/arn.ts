/** The two parts of an S3 ARN; `key` is null for a bucket. */
export type S3Arn = { readonly bucket: string; readonly key: string | null }

const PREFIX = 'arn:aws:s3:::'

/** Takes an S3 ARN apart at its first slash, or null where it is none of partition `aws`. */
export function parseS3Arn(text: string): S3Arn | null {
  if (!text.startsWith(PREFIX)) return null
  const rest = text.slice(PREFIX.length)
  const slash = rest.indexOf('/')
  return slash === -1
    ? { bucket: rest, key: null }
    : { bucket: rest.slice(0, slash), key: rest.slice(slash + 1) }
}

/** Segments before the one that names the resource; the rest may hold colons. */
const FIXED_SEGMENTS = 5

/** The six segments of an ARN; those that it lacks are missing. */
export function segmentsOf(arn: string): readonly string[] {
  const all = arn.split(':')
  return [...all.slice(0, FIXED_SEGMENTS), all.slice(FIXED_SEGMENTS).join(':')]
}
