import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../../support/run-program.ts'
import type { Runner } from '../recipe.ts'

/** SQL, as DuckDB's shell reads it from a file. */
export const sql: Runner = async (text, job) => {
  const file = join(job.folder, 'block.sql')
  await writeFile(file, text)
  const program = join(import.meta.dirname, '../programs/run_sql.py')
  const python = join(job.env['PATH']?.split(':')[0] ?? '', 'python-duckdb')
  return runProgram([python, program, file], { cwd: job.folder, env: job.env })
}
