import { test } from 'vitest'
import { surviveKills } from '../packages/providers/src/file-set/file-set.test.support.ts'

const KILLS = process.env.DOMAINCTL_LAB_LONG === '1' ? 500 : 20

test(`a set of files is whole after each of ${KILLS} kills`, { timeout: 1_200_000 }, () => surviveKills(KILLS))
