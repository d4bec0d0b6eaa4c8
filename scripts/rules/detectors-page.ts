import { DETECTORS } from '../../apps/vendor/src/domain/detect/detect.ts'

/** The section of docs/DETECTORS.md of each detector, as the table of the code has it; run, it prints them. */
export function detectorSections(): readonly string[] {
  return DETECTORS.map(({ id, rule, severity, about, restsOn, fix, folds }) =>
    [
      `### ${id} \`${rule}\` (${severity})`,
      '',
      `${sentence(about)}`,
      '',
      `- **rests on**: ${restsOn}`,
      `- **what to do**: ${fix}`,
      ...(folds.length === 0
        ? []
        : [`- **takes from the lint**: ${folds.map((one) => `\`${one}\``).join(', ')}`]),
    ].join('\n'),
  )
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

if (process.argv[1] === import.meta.filename) console.log(detectorSections().join('\n\n'))
