/**
 * What the client needs to know of a recipe's `connection`, free of librdkafka's names. Made by `connection.ts`,
 * used by the client, the source and the action.
 */

export type Role = 'consumer' | 'producer';

export interface KafkaSettings {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Undefined: no TLS. */
  readonly tls: TlsSettings | undefined;
  /** Undefined: nobody is logged in. */
  readonly sasl: SaslSettings | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Between two attempts of one operation; the waits double from the first to the second. */
  readonly backoff: { readonly firstMs: number; readonly mostMs: number };
  /** How old the client's picture of brokers and partitions may get. */
  readonly metadataMaxAgeMs: number;
  readonly consumer: ConsumerSettings;
  readonly producer: ProducerSettings;
}

/** A PEM text, or the file that holds it (read when the client is opened). `option` is what the recipe calls it. */
export type Pem = { readonly text: string } | { readonly path: string; readonly option: string };

export interface TlsSettings {
  /** Undefined: the authorities that Node trusts. */
  readonly ca: Pem | undefined;
  readonly cert: Pem | undefined;
  readonly key: Pem | undefined;
  /** A PKCS#12 file in place of `cert` and `key`. */
  readonly keystore: Pem | undefined;
  /** Of the key or the keystore. */
  readonly password: string | undefined;
  readonly crl: Pem | undefined;
  /** OpenSSL's lists. */
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
  readonly signatures: string | undefined;
  /** False: any certificate is accepted. */
  readonly verify: boolean;
  /** False: the certificate may be made for another host. */
  readonly verifyHost: boolean;
}

export type SaslSettings =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'oauthbearer';
      readonly token: TokenSettings;
      /** SASL extensions, e.g. `{ logicalCluster: 'lkc-1' }`. */
      readonly extensions: Readonly<Record<string, string>>;
    };

export type TokenSettings =
  | {
      readonly from: 'unsecured';
      readonly claims: Readonly<Record<string, unknown>>;
      readonly lifeSeconds: number;
    }
  | {
      readonly from: 'oidc';
      readonly url: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope: string | undefined;
      readonly ca: Pem | undefined;
    };

export interface ConsumerSettings {
  readonly groupId: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** How long a rebalance waits for a member that is still at work (`max.poll.interval.ms`). */
  readonly rebalanceTimeoutMs: number;
  /** `error`: where nothing is committed, or it is out of range, the user decides. */
  readonly offsetReset: 'earliest' | 'latest' | 'error' | undefined;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
  readonly maxWaitMs: number;
  /** Undefined: the recipe does not say. */
  readonly readCommitted: boolean | undefined;
  readonly rack: string | undefined;
}

/** Undefined: the recipe does not say. */
export interface ProducerSettings {
  readonly acks: -1 | 0 | 1 | undefined;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined;
  readonly idempotent: boolean | undefined;
  readonly lingerMs: number | undefined;
  readonly batchMessages: number | undefined;
  readonly batchBytes: number | undefined;
  readonly maxMessageBytes: number | undefined;
  readonly deliveryTimeoutMs: number | undefined;
}
