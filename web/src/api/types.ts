// The names the screens use for the shapes of schema.d.ts.
import type { components } from './schema'

type Schemas = components['schemas']

export type AlertRow = Schemas['AlertRow']
export type AlertPage = Schemas['AlertPage']
export type AlertDetail = Schemas['AlertDetail']
export type EngineEvent = Schemas['EngineEvent']
export type Endpoint = Schemas['AlertEnd']
export type RuleMatch = Schemas['Match']
export type EndpointDetail = Schemas['EndpointDetail']
export type Observer = Schemas['Observer']
export type IntervalCount = Schemas['IntervalCount']
export type ValueCount = Schemas['ValueCount']
export type Status = Schemas['Status']
