import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unpackDebianPackages, writeScript } from './debian-packages.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

/** Debian's Chromium without a window, and two families of fonts: the pages look alike on every machine. */
const PACKAGES = {
  packages: ['chromium-headless-shell', 'fonts-open-sans', 'fonts-dejavu-core'],
  without: /^(xdg-utils|libc6|libc-bin|gcc)/,
}

const instead = (name: string, family: string) =>
  `<match target="pattern"><test qual="any" name="family"><string>${name}</string></test><edit name="family" mode="assign" binding="strong"><string>${family}</string><string>DejaVu Sans</string></edit></match>`

const FONTS = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  ${['system-ui', 'sans-serif'].map((name) => instead(name, 'Open Sans')).join('')}
  ${['ui-monospace', 'monospace'].map((name) => instead(name, 'DejaVu Sans Mono')).join('')}
</fontconfig>
`

const script = (triple: string) => `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
tree="$here/root"
lib="$tree/usr/lib/${triple}"
LD_LIBRARY_PATH="$lib:$lib/pulseaudio:$tree/lib/${triple}"
FONTCONFIG_FILE="$here/fonts.conf"
export LD_LIBRARY_PATH FONTCONFIG_FILE
exec "$tree/usr/lib/chromium/chromium-headless-shell" "$@"
`

export const chromium: Part = {
  name: 'chromium',
  version: 'debian-3',
  program: 'chromium-headless-shell',
  how: 'fetching Chromium (headless) and fonts from Debian’s packages, once: half a minute, 280 MB are kept',
  byHand: 'apt-get install --no-install-recommends chromium-headless-shell',
  checkRevision: 1,
  async check(program) {
    const folder = await mkdtemp(join(tmpdir(), 'stint-chromium-'))
    try {
      const args = ['--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}`, '--dump-dom']
      const page = 'data:text/html,<p id=a></p><script>a.textContent=6*7</script>'
      const env = { PATH: process.env['PATH'], HOME: folder }
      const call = { name: 'chromium --dump-dom', command: program, env, cwd: folder }
      const said = await runToEnd({ ...call, args: [...args, page] })
      if (!said.includes('>42<')) throw new Error(`it shows ${JSON.stringify(said.slice(0, 200))}`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  make,
}

async function make(job: MakeJob): Promise<void> {
  const { root, triple } = await unpackDebianPackages(PACKAGES, job)
  const beside = dirname(job.output)
  const fonts = join(beside, 'fonts')
  await mkdir(fonts)
  for (const family of await readdir(join(root, 'usr/share/fonts/truetype')))
    await rename(join(root, 'usr/share/fonts/truetype', family), join(fonts, family))
  for (const name of ['etc', 'var', 'usr/share', 'usr/bin', 'usr/sbin'])
    await rm(join(root, name), { recursive: true, force: true })
  await rm(join(root, 'usr/lib/chromium/libVkLayer_khronos_validation.so'), { force: true })
  await writeFile(join(beside, 'fonts.conf'), FONTS)
  await writeScript(job.output, script(triple))
}
