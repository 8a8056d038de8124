#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 22) || major === 23 || (major === 24 && minor < 15) || major === 25) {
  process.stderr.write(
    `domainctl needs Node 22.22, 24.15, or 26 and newer; this is ${process.version}. Install a current Node (https://nodejs.org) and repeat.\n`,
  )
  process.exitCode = 2
} else {
  await import('../bundle/bin.js')
}
