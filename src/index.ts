/** What connector authors import from `evrun`. */
export type * from './contract/action.ts';
export type { Clock } from './contract/clock.ts';
export type { DatahubConnection, PartContext } from './contract/context.ts';
export {
  type ActionDefinition,
  type ConfigProblem,
  defineAction,
  defineFormat,
  defineSource,
  defineTransformer,
  type FormatDefinition,
  type RecipePlace,
  type SourceDefinition,
  type TransformerDefinition,
} from './contract/define.ts';
export { withChanges } from './contract/envelope.ts';
export { DecodeError, EvrunError } from './contract/errors.ts';
export type * from './contract/event.ts';
export type * from './contract/format.ts';
export type { LogFields, Logger } from './contract/log.ts';
export type * from './contract/prefilter.ts';
export type { ConfigOf, ConfigSchema, OptionSchema } from './contract/schema.ts';
export type * from './contract/source.ts';
export type { Change, Store } from './contract/store.ts';
export type * from './contract/transformer.ts';
