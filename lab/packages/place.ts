import { constants, copyFileSync, cpSync, linkSync, mkdirSync, symlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Published, packAll } from '../../scripts/pack.ts'
import { runTool, type ToolRun } from '../tool.ts'
import { runHidden } from './hidden.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const packages = join(root, '.lab', 'packages')
const tools = join(packages, 'tools', 'node_modules')

/** The oldest Nodes that our packages name for their lines, and the one that everything here runs on. */
export const NODES = {
  'Node 22': join(tools, 'node-22', 'bin', 'node'),
  'Node 24': join(tools, 'node-24', 'bin', 'node'),
  'Node 26': process.execPath,
} as const
export type Line = keyof typeof NODES

/** The programs of those who install packages: name → file. */
export const INSTALLERS = {
  npm: join(tools, 'npm', 'bin', 'npm-cli.js'),
  pnpm: join(tools, 'pnpm', 'bin', 'pnpm.cjs'),
  'yarn 1': join(tools, 'yarn-1', 'bin', 'yarn.js'),
  'yarn 4': join(tools, 'yarn-4', 'bin', 'yarn.js'),
} as const

/** A folder with our packages as files, each Node in a folder for PATH, and nothing else of this checkout. */
export class Place {
  readonly folder: string
  readonly files: Record<Published, string>
  #projects = 0

  private constructor(folder: string) {
    this.folder = folder
    const packed = join(folder, 'packed')
    mkdirSync(packed)
    this.files = packAll([process.execPath, INSTALLERS.pnpm], packed)
    cpSync(join(tools, 'npm'), join(folder, 'npm'), { recursive: true })
    for (const line of Object.keys(NODES) as Line[]) this.#putNode(line)
  }

  static async make(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'domainctl-packages-')))
  }

  /** The folder of a line's node, npm and npx. */
  bin(line: Line): string {
    return join(this.folder, line.replace(' ', '-'))
  }

  /** An empty project of somebody's, with a home of its own that is empty, too. */
  async project(line: Line): Promise<Project> {
    const folder = join(this.folder, `project-${this.#projects++}`)
    for (const name of ['app', 'home', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
    await writeFile(join(folder, 'app', 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n')
    const env = {
      PATH: [this.bin(line), '/usr/bin', '/bin'].join(':'),
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      NO_UPDATE_NOTIFIER: '1',
    }
    return new Project(join(folder, 'app'), env)
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  #putNode(line: Line): void {
    const bin = this.bin(line)
    mkdirSync(bin)
    try {
      linkSync(NODES[line], join(bin, 'node'))
    } catch {
      // On another file system, or protected (fs.protected_hardlinks).
      copyFileSync(NODES[line], join(bin, 'node'), constants.COPYFILE_FICLONE)
    }
    for (const name of ['npm', 'npx']) symlinkSync(join(this.folder, 'npm', 'bin', `${name}-cli.js`), join(bin, name))
  }
}

export class Project {
  readonly folder: string
  readonly env: Record<string, string>

  constructor(folder: string, env: Record<string, string>) {
    this.folder = folder
    this.env = env
  }

  /** `npm install` of files and of what they depend on, which comes from the cache that the lab has of the registry. */
  async install(...what: string[]): Promise<ToolRun> {
    const options = ['--offline', '--cache', join(packages, 'cache'), '--engine-strict', '--no-audit', '--no-fund']
    return await this.#run(['npm', 'install', ...options, ...what])
  }

  /** Any other program that installs packages. */
  async installBy(command: readonly string[]): Promise<ToolRun> {
    return await this.#run(command)
  }

  /** Runs a command where this checkout is not to be seen. */
  async run(command: readonly string[], env: Record<string, string> = {}): Promise<ToolRun> {
    return await runHidden(command, { cwd: this.folder, env: { ...this.env, ...env } })
  }

  async #run([file = '', ...args]: readonly string[]): Promise<ToolRun> {
    return await runTool([file, ...args], { cwd: this.folder, env: this.env })
  }
}
