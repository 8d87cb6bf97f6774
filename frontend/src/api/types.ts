import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type ShownStatus = Schemas['ShownStatus'];
export type JobSummary = Schemas['JobSummary'];
export type JobDetail = Schemas['JobDetail'];
export type JobOut = Schemas['JobOut'];
export type JobCreate = Schemas['JobCreate'];
export type JobUpdate = Schemas['JobUpdate'];
export type JobPage = Schemas['JobPage'];
export type JobError = Schemas['JobErrorOut'];
export type JobType = Schemas['JobTypeOut'];
export type Attempt = Schemas['AttemptOut'];
export type JobEvent = Schemas['EventOut'];
export type Stats = Schemas['StatsOut'];
export type StatsWindow = Schemas['Window'];
export type Minute = Schemas['MinuteOut'];
export type FileEntry = Schemas['FolderFile'];
export type Worker = Schemas['WorkerOut'];
export type GoneWorker = Schemas['GoneWorkerOut'];
export type Priority = Schemas['JobSummary']['priority'];
export type Session = Schemas['SessionOut'];
export type Explanation = Schemas['ExplainOut'];
export type Reason = Schemas['Reason'];
export type Queues = Schemas['QueuesOut'];
export type Queue = Schemas['QueueOut'];
/** What a queue and a job type have in common: what waits, what runs, and what holds jobs back. */
export type Flow = Schemas['TypeFlowOut'];
export type Control = Schemas['ControlOut'];
export type DeadLetters = Schemas['DeadLetters'];
export type DeadLetterGroup = Schemas['DeadLetterGroup'];
export type DeadLetterFilter = Schemas['DeadLetterFilter'];
export type DryRun = Schemas['DryRun'];
export type BulkAction = Schemas['BulkActionOut'];
/** An uploaded file. */
export type Upload = Schemas['FileOut'];
export type Providers = Schemas['ProvidersOut'];
export type Provider = Schemas['ProviderOut'];
export type ProviderModel = Schemas['ModelOut'];
export type Dialect = Schemas['DialectOut'];
/** What a refusal taught about a model. */
export type Lesson = Schemas['LearnedOut'];
export type ModelCheck = Schemas['CheckOut'];
export type ProviderStatus = Schemas['StatusOut'];
export type ProviderMetrics = Schemas['MetricsOut'];
export type Calls = Schemas['CallsOut'];
export type Quota = Schemas['QuotaOut'];
export type Breaker = Schemas['BreakerOut'];
export type CostSum = Schemas['CostSum'];
export type Me = Schemas['Me'];
export type Right = Schemas['Right'];
export type Role = Schemas['Role'];
export type OwnSession = Schemas['OwnSession'];
export type Key = Schemas['KeyOut'];
/** A key with its secret, which is shown once. */
export type NewKey = Schemas['KeyMade'];
export type KeyCreate = Schemas['KeyCreate'];
export type User = Schemas['UserOut'];
export type UserCreate = Schemas['UserCreate'];
export type UserUpdate = Schemas['UserUpdate'];
export type Team = Schemas['TeamSummary'];
export type TeamUpdate = Schemas['TeamUpdate'];
export type TeamMember = Schemas['MemberOut'];
export type AuditLine = Schemas['AuditLineOut'];
export type AuditPage = Schemas['AuditPage'];
