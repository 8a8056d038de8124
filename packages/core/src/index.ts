// The library's front door. Nothing inside imports it.

export { parseRetryAfter } from './acme/retry-after.ts'
export { type BackupStateOptions, backupState } from './backup-state.ts'
export type { AccountOptions, AccountReport, AccountVerbs } from './contracts/accounts.ts'
export type {
  Application,
  AppliedRecord,
  NeededRecordSeen,
  Removal,
  RestoredRRset,
  Unapplication,
} from './contracts/applied-records.ts'
export type { AuditLine, AuditPaging, AuditQuery } from './contracts/audit.ts'
export {
  type ConfiguredTarget,
  type DeployCall,
  type Deployed,
  type DeployedCertificate,
  type DeployTarget,
  defineDeployTarget,
} from './contracts/deploy-target.ts'
export type { PropagationMode } from './contracts/dns.ts'
export {
  type CallOptions,
  type Change,
  type DnsProvider,
  defineDnsProvider,
  type ProviderAccess,
  type RRset,
  type Zone,
  type ZoneAccess,
} from './contracts/dns-provider.ts'
export type { Domainctl, ListFilter, TenantDomainctl } from './contracts/domainctl.ts'
export type { EventsOptions, EventVerbs } from './contracts/events.ts'
export type { ExportedCertificate, Pkcs12Options } from './contracts/exported-certificate.ts'
export type { DomainCheck, HealthReport, HealthSpanReport, HealthVerbs } from './contracts/health.ts'
export type { HealthCheck } from './contracts/health-check.ts'
export type { ExpectedAnswer, HealthProbe, HealthTarget } from './contracts/health-probe.ts'
export type { CheckedHealth, ClaimedCheck, HealthRecord, HealthStore } from './contracts/health-store.ts'
export type { CertificateToImport, ImportedCertificate, ImportVerbs } from './contracts/imported-certificate.ts'
export type { DeploymentOutcome, DeployResult, DueRenewal, Issuance } from './contracts/issuance.ts'
export { type CertificateRequest, type ExternalAccount, REVOCATION_REASONS, type RevocationReason } from './contracts/issuer.ts'
export type { ChannelTest, NoticesDelivered, NoticeVerbs, NotificationOptions } from './contracts/notices.ts'
export type { NoticeMessage, NoticeReceipt, Notifier } from './contracts/notifier.ts'
export type { CaOptions, DomainctlOptions, HealthOptions, Http01Options } from './contracts/options.ts'
export type { ClaimedDelivery, DeliveryOutcome, NoticeRouting, Outbox } from './contracts/outbox.ts'
export type { RunOptions, RunOutcome, RunTick } from './contracts/run.ts'
export type { Clock, Logger, LogLevel, ProcessIdentity, Random, Runtime } from './contracts/runtime.ts'
export type { AuthorityStatus, CaBudget, ProviderStatus, ProviderTest, ProviderTestStep } from './contracts/standing.ts'
export type { BackupFile, CopiedCount, VerifiedTable } from './contracts/state-work.ts'
export type {
  AccountChange,
  AccountView,
  AuditFilter,
  AuditPage,
  BudgetChange,
  BudgetFilter,
  Changes,
  DomainFilter,
  DomainKey,
  DomainView,
  KeyLease,
  Lease,
  StateOverview,
  Store,
} from './contracts/store.ts'
export type { AddOptions, Progress, VerbOptions } from './contracts/verb-options.ts'
export type { Check, CheckPurpose, Examination, Fix, SeenAnswer, Verification } from './contracts/verification.ts'
export { type CopyStateOptions, copyState } from './copy-state.ts'
export { createDomainctl } from './create.ts'
export type { EndedWork, WidthBounds } from './domain/adaptive-width.ts'
export { AUDIT_EVENTS, type AuditEventMeaning, type AuditEventName } from './domain/audit-events.ts'
export { windowText } from './domain/budget-text.ts'
export type { BudgetCount, BudgetKey, BudgetRefusal, BudgetUnit, BudgetWant } from './domain/ca-budget.ts'
export type { CaLimit, CaLimits, LimitKind } from './domain/ca-limits.ts'
export type { DeployedGeneration, Deployment, DeploymentStatus } from './domain/deployment.ts'
export { type Caused as CausedCheck, hiddenByZones } from './domain/diagnosis/causes.ts'
export { closingOf, type Told as ClosingCheck } from './domain/diagnosis/closing.ts'
export { type Finding, type PlainRecord, reasonOf } from './domain/diagnosis/finding.ts'
export { DNS_HOST_TITLES, type DnsHost, type PanelForm } from './domain/diagnosis/panel.ts'
export type { ProblemCode, Severity } from './domain/diagnosis/problems.ts'
export type { CaCircuit } from './domain/failover.ts'
export { type Damping, type HealthNews, undisturbed } from './domain/health/damping.ts'
export type { ExpiryLevel, ExpiryTold } from './domain/health/expiry.ts'
export type { HealthCheckOptions } from './domain/health/health-check.ts'
export {
  type Incident,
  type IncidentNews,
  type IncidentStep,
  isPartOf,
  type Member,
  withNews,
} from './domain/health/incidents.ts'
export { judgeHealth } from './domain/health/judge.ts'
export type { DomainHealth } from './domain/health/known-health.ts'
export type { MaintenanceWindow } from './domain/health/maintenance.ts'
export type {
  AddressMeasurement,
  HealthFinding,
  HealthMeasurement,
  MeasuredLayer,
  ServedCertificate,
} from './domain/health/measurement.ts'
export type { HealthObservation, HealthOutcome, Observation } from './domain/health/observation.ts'
export {
  HEALTH_LAYERS,
  type HealthCode,
  type HealthLayer,
  type HealthProblem,
  type HealthSeverity,
  healthProblem,
} from './domain/health/problems.ts'
export type { HealthCheckSettings, Measured } from './domain/health/target.ts'
export { continues as continuesSpan, type HealthSpan, HOLDS as HEALTH_HOLDS, type SpanState } from './domain/health/uptime.ts'
export type { HttpChallenge } from './domain/http-challenge.ts'
export { inParallel } from './domain/in-parallel.ts'
export { inParallelAdaptive } from './domain/in-parallel-adaptive.ts'
export {
  type KeptCount,
  roomAt,
  unitLimited,
  unitReserved,
  unitReturned,
  unitSpent,
  unitTaken,
} from './domain/kept-count.ts'
export { KNOWN_CAS, type KnownCa } from './domain/known-cas.ts'
export type {
  Account,
  AuditEvent,
  CaWait,
  Certificate,
  CertificateKeyType,
  ChallengeType,
  Domain,
  DomainName,
  DomainStatus,
  Failure,
  KeyType,
  NewAuditEvent,
  Order,
  OrderAuthorization,
  OrderState,
  OwnershipMode,
  Proof,
  ProofState,
  RecordPurpose,
  RenewalAdvice,
  ReplacedRRset,
  WrittenRecord,
} from './domain/model.ts'
export { CHALLENGE_TYPES, KEY_TYPES } from './domain/model.ts'
export { isWithin, unicodeOf } from './domain/names.ts'
export {
  NOTICE_EVENTS,
  type Notice,
  type NoticeEvent,
  type NoticeSeverity,
  SEVERITIES_OF_NOTICES,
} from './domain/notice.ts'
export type { NoticeRoute } from './domain/notice-routes.ts'
export { type NoticeTemplate, type NoticeTemplates, PLACEHOLDERS, unknownPlaceholders } from './domain/notice-template.ts'
export { MAX_NAMES, type ParsedName, parseName, parseNames } from './domain/parse-name.ts'
export { printable } from './domain/printable.ts'
export { isPublicAddress } from './domain/public-address.ts'
export type { NeededRecord } from './domain/records.ts'
export type { CertificateReport, DeploymentReport, DomainReport, FailureReport, RetryReport } from './domain/report.ts'
export type { RetryClass } from './domain/retry-schedule.ts'
export { withoutCredentials } from './domain/without-credentials.ts'
export { readZones } from './domain/zone-name.ts'
export {
  type Actor,
  DomainctlError,
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  type ErrorKind,
  isDomainctlError,
  toDomainctlError,
} from './errors.ts'
export { type MigrateStateOptions, migrateState, type StateMigration } from './migrate-state.ts'
export { endStateKeyRotation, type RotateStateKeyOptions, rotateStateKey, type StateKeyRotation } from './rotate-state-key.ts'
export { systemClock } from './runtime/clock.ts'
export { systemRandom } from './runtime/random.ts'
export type { FindingCounts, FindingKind, FindingSeverity, StateFinding } from './store/verify/finding.ts'
export { type StateVerification, type VerifyStateOptions, verifyState } from './verify-state.ts'
export { type Work, withProgress } from './with-progress.ts'
