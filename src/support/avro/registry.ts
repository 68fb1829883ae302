import { EvrunError } from '../../contract/errors.ts';
import { type HttpClient, type HttpResponse, openHttpClient } from '../http/http-client.ts';
import { retryOf } from '../http/http-retry.ts';
import { redact } from '../logging/redact.ts';
import { type RegistryAccess, registryAccess } from './registry-access.ts';
import type { RegistryOptions } from './registry-config.ts';

/*
 * Confluent's schema registry API, as Confluent, Apicurio, Karapace and DataHub serve it. Every failure is one of
 * three: the registry is away (may be tried again), it refuses or is none (for good), or it answers that it does
 * not know what was asked for, which is a result and no error.
 */

/** A schema as the registry has it. */
export interface RegisteredSchema {
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly type: string;
  readonly text: string;
  readonly references: readonly Reference[];
  /** Absent where it was asked for by id. */
  readonly id?: number | undefined;
}

export interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

const MOST_BYTES = 16 * 1024 * 1024;
const QUOTED_CHARACTERS = 200;
const JSON_TYPE = 'application/vnd.schemaregistry.v1+json';
const UNKNOWN_SCHEMA = 40403;

/**
 * All methods throw EVR_UNREACHABLE (`later`) while the registry is away, EVR_REFUSED when it refuses the
 * credentials or is no registry, and EVR_TIMEOUT when `signal` aborts. Nothing is connected before the first call.
 */
export class SchemaRegistry {
  private readonly options: RegistryOptions;
  private opened: Promise<{ access: RegistryAccess; clients: readonly HttpClient[] }> | undefined = undefined;
  private answered = false;

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  /** Undefined: the registry does not know this id. */
  async schema(id: number, signal?: AbortSignal): Promise<RegisteredSchema | undefined> {
    const response = await this.ask('GET', `/schemas/ids/${id}`, undefined, signal);
    if (response.status === 200) return this.registered(response);
    if (![400, 404, 422].includes(response.status)) throw this.unexpected(response);
    if (!this.answered && !saysUnknown(response)) await this.checkThatItIsOne(signal);
    return undefined;
  }

  /** `version` a number or `latest`. Undefined: there is none. */
  async version(subject: string, version: number | 'latest', signal?: AbortSignal) {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
    const response = await this.ask('GET', path, undefined, signal);
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw this.unexpected(response);
    return this.registered(response);
  }

  /**
   * The id of an Avro schema under a subject: registered if need be, or with `register: false` looked up only.
   * Undefined: it is not there (and was not to be registered). Throws EVR_ACTION if the registry does not take it
   * (not compatible, no schema).
   */
  async schemaId(
    subject: string,
    schema: string,
    { register = true, signal }: { register?: boolean; signal?: AbortSignal } = {},
  ): Promise<number | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}${register ? '/versions' : ''}`;
    const response = await this.ask('POST', path, JSON.stringify({ schema }), signal);
    if (response.status === 404 && !register) return undefined;
    if (response.status === 409 || response.status === 422) {
      const message = `the schema registry does not take the schema for the subject "${subject}"${said(response)}`;
      throw new EvrunError('EVR_ACTION', message);
    }
    if (response.status !== 200) throw this.unexpected(response);
    const { id } = this.json(response);
    if (typeof id !== 'number') throw this.noRegistry('its answer has no id');
    return id;
  }

  /** Idempotent. Ends open requests. */
  async close(): Promise<void> {
    const opened = await this.opened?.catch(() => undefined);
    await Promise.all(opened?.clients.map((client) => client.close()) ?? []);
  }

  /** Asks one base after the other until one answers. */
  private async ask(
    method: string,
    path: string,
    body?: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const { access, clients } = await this.open();
    const headers = { accept: JSON_TYPE, ...(body && { 'content-type': JSON_TYPE }), ...access.headers };
    let failure: unknown;
    for (const [i, base] of access.bases.entries()) {
      try {
        const request = { method, path: base.path + path, headers, body, signal, maxBytes: MOST_BYTES };
        return this.checked(await (clients[i] as HttpClient).request(request));
      } catch (error) {
        if (!(error instanceof EvrunError) || error.retry !== 'later') throw this.named(error);
        failure = error;
      }
    }
    throw this.named(failure);
  }

  private checked(response: HttpResponse): HttpResponse {
    const { status, headers } = response;
    if (status === 401 || status === 403) {
      const message = `answered with ${status}: check "basic.auth.user.info" in schema_registry_config`;
      throw new EvrunError('EVR_REFUSED', message + said(response));
    }
    const advice = retryOf(status, headers, Date.now());
    if (advice.retry === 'later')
      throw new EvrunError('EVR_UNREACHABLE', `answered with ${status}${said(response)}`, advice);
    return response;
  }

  private open() {
    this.opened ??= this.connect().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  private async connect() {
    const access = await registryAccess(this.options);
    const { tls, timeoutMs } = access;
    const open = access.bases.map(({ origin }) => openHttpClient({ origin, connections: 4, tls, timeoutMs }));
    return { access, clients: await Promise.all(open) };
  }

  private registered(response: HttpResponse): RegisteredSchema {
    const { schema, schemaType = 'AVRO', references, id } = this.json(response);
    if (typeof schema !== 'string') throw this.noRegistry('its answer has no schema');
    this.answered = true;
    return {
      type: String(schemaType),
      text: schema,
      references: Array.isArray(references) ? references : [],
      id: typeof id === 'number' ? id : undefined,
    };
  }

  /** Before anything was ever found, a wrong address is more likely than an unknown id. */
  private async checkThatItIsOne(signal: AbortSignal | undefined): Promise<void> {
    const { status } = await this.ask('GET', '/subjects', undefined, signal);
    if (status === 404) throw this.noRegistry('it has no list of subjects (404)');
  }

  private json(response: HttpResponse): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(response.body.toString());
      if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
    } catch {
      // Said below.
    }
    throw this.noRegistry('its answer is not JSON');
  }

  private noRegistry(why: string): EvrunError {
    return this.named(new EvrunError('EVR_REFUSED', `is not one: ${why}. Check schema_registry_url`));
  }

  private unexpected(response: HttpResponse): EvrunError {
    return this.named(new EvrunError('EVR_REFUSED', `answered with ${response.status}${said(response)}`));
  }

  private named(error: unknown): EvrunError {
    if (!(error instanceof EvrunError)) throw error;
    const { code, retry, retryAfterMs, message } = error;
    if (message.startsWith('the schema registry')) return error;
    const sentence = /^(is|answered) /.test(message)
      ? `the schema registry ${redact(this.options.schema_registry_url ?? '')} ${message}`
      : `the schema registry: ${message}`;
    return new EvrunError(code, sentence, { retry, retryAfterMs, cause: error });
  }
}

function saysUnknown({ body }: HttpResponse): boolean {
  const text = body.toString().trim();
  return text === '' || new RegExp(`"error_code"\\s*:\\s*${UNKNOWN_SCHEMA}`).test(text);
}

/** The beginning of what the server said, on one line. */
function said({ body }: HttpResponse): string {
  const text = body
    .toString()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, QUOTED_CHARACTERS);
  return text === '' ? '' : redact(`. It said: ${text}`);
}
