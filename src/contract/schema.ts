/**
 * The part of JSON Schema that a connector's options use. A literal of this shape is the one source of truth:
 * ajv validates it, `ConfigOf` types it, `evrun schema`, `evrun connectors` and the README tables print it.
 */
export type ConfigSchema = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  /** Default false: an unknown key is an error. True: it is kept, with a warning (hello_world, as DataHub). */
  readonly additionalProperties?: boolean;
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
};

export type OptionSchema = {
  readonly type?: JsonType | readonly JsonType[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly items?: OptionSchema;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | OptionSchema;
  readonly oneOf?: readonly OptionSchema[];
  readonly examples?: readonly unknown[];
  /** Its value never shows in any output. */
  readonly secret?: boolean;
  /** A CEL expression: checked with a caret before the start. */
  readonly cel?: boolean;
  /** Text with `${{ CEL }}` in it: checked likewise. */
  readonly template?: boolean;
  /** Accepted and without effect; the text says why and what to write. A warning. */
  readonly ignored?: string;
  /** Renamed: the text is the name to use. Accepted. */
  readonly alias?: string;
};

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';

type OneType<T, S> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? S extends { items: infer I }
            ? readonly ValueOf<I>[]
            : readonly unknown[]
          : T extends 'object'
            ? S extends { properties: infer P }
              ? ObjectOf<P, S>
              : S extends { additionalProperties: infer A extends OptionSchema }
                ? Readonly<Record<string, ValueOf<A>>>
                : Readonly<Record<string, unknown>>
            : unknown;

type ValueOf<S> = S extends { enum: readonly (infer E)[] }
  ? E
  : S extends { type: readonly (infer T)[] }
    ? T extends unknown
      ? OneType<T, S>
      : never
    : S extends { type: infer T }
      ? OneType<T, S>
      : unknown;

type PresentKeys<P, S> = {
  [K in keyof P]: K extends (S extends { required: readonly (infer R)[] } ? R : never)
    ? K
    : P[K] extends { default: unknown }
      ? K
      : never;
}[keyof P];

type ObjectOf<P, S> = { readonly [K in PresentKeys<P, S> & keyof P]: ValueOf<P[K]> } & {
  readonly [K in Exclude<keyof P, PresentKeys<P, S>>]?: ValueOf<P[K]> | undefined;
};

/** The TypeScript type of a config that passed `S`: required keys and keys with a default are present. */
export type ConfigOf<S> = S extends { properties: infer P }
  ? ObjectOf<P, S>
  : Readonly<Record<string, unknown>>;
