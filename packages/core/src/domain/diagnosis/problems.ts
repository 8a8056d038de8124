/**
 * Every problem that a check of `verify` can have beside the codes of `errors.ts`. Codes are stable: a code may be added,
 * none changes its meaning. `docs/guide/diagnosis.md` is generated from this table.
 */
export const PROBLEMS = {
  RECORD_MISSING: 'No server shows a record of this name and type, and it was not found at the usual wrong places.',
  RECORD_PARTIAL: 'Some servers of the zone show the record and others do not yet: wait.',
  RECORD_WRONG: 'Another value stands there, and it does not look like a slip of the pen.',
  RECORD_HIDDEN_BY_CNAME: 'A CNAME stands at the name, and no other record can stand beside a CNAME (RFC 1034 §3.6.2).',
  CNAME_AT_APEX: 'A CNAME is wanted at the apex of a zone, where none can stand: use addresses or an alias of the provider.',

  RECORD_VALUE_QUOTED: 'Quotation marks are part of the value.',
  RECORD_VALUE_SPACED: 'Blanks, a line break or invisible characters are part of the value.',
  RECORD_VALUE_CASE: 'Letters of a TXT value are in another case.',
  RECORD_VALUE_PREFIX: 'The TXT value is the token alone, without what stands before it (`domainctl=`).',
  RECORD_VALUE_NAME: "The record's name was entered as its value, alone or before it.",
  RECORD_VALUE_CUT: 'A part of the value is missing at its start or end.',
  RECORD_VALUE_GLUED: 'The value is right, but other text stands before or after it in the same record.',
  RECORD_VALUE_ZONE_APPENDED: 'The zone was appended to the host name: its final dot was missing (RFC 1035 §5.1).',
  RECORD_VALUE_DOTS: 'The host name ends with a dot too many.',
  RECORD_VALUE_WWW: 'The host name has a `www.` too many or too few.',
  RECORD_VALUE_URL: 'A URL, a path or a port was entered where a host name is wanted.',
  RECORD_VALUE_KIND: 'An address stands where a CNAME to a host name is wanted, or the other way round.',

  RECORD_ZONE_DOUBLED: 'The record stands at a name that ends with the zone twice: the panel appended it once more.',
  RECORD_AT_NAME: 'The record stands at the name itself, not below it at the label that starts with `_`.',
  RECORD_UNDERSCORE_MISSING: 'The record stands at a label without its `_`.',
  RECORD_AT_APEX: 'The record of a subdomain stands below the apex of the zone.',
  RECORD_WWW_ONLY: 'The record stands at the name with `www.`, and is missing at the name without it; both are wanted.',
  RECORD_WWW_MISSING: 'The record stands at the name, and is missing at the name with `www.`; both are wanted.',
} as const satisfies Record<string, string>

/** A stable code; see {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS
