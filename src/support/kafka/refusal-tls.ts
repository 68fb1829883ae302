import type { KafkaSettings } from './settings.ts';

/** What is wrong with TLS and what to do, where that is what failed; undefined otherwise. */
export function tlsRefusal(error: unknown, settings: KafkaSettings): string | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const name = typeof code === 'string' ? code : '';
  const text = typeof message === 'string' ? message : '';
  const is = (pattern: RegExp) => pattern.test(name) || pattern.test(text);
  if (is(/key values mismatch|KEY_VALUES_MISMATCH/)) {
    return 'the key does not belong to the certificate. Give the pair in ssl.certificate.location and ssl.key.location';
  }
  if (is(/bad decrypt|BAD_DECRYPT|mac verify failure|interrupted or cancelled|bad password read/i)) {
    return 'the key cannot be decrypted. Check ssl.key.password (of a PKCS#12 file: ssl.keystore.password)';
  }
  if (is(/DECODER routines|PEM routines|no start line|ERR_OSSL_PEM|not enough data|asn1/i)) {
    return 'a certificate or key is not in PEM format. Check the files in ssl.ca.location, ssl.certificate.location and ssl.key.location';
  }
  if (is(/CERT_HAS_EXPIRED|certificate has expired/)) {
    return 'the broker’s certificate has expired. Renew it on the broker';
  }
  if (is(/CERT_NOT_YET_VALID|certificate is not yet valid/)) {
    return 'the broker’s certificate is not valid yet. Compare the clocks';
  }
  if (is(/ERR_TLS_CERT_ALTNAME_INVALID|altnames/)) {
    return 'the broker’s certificate was made for another host name. Write the name that it has in bootstrap (and in advertised.listeners), or, if you know why, ssl.endpoint.identification.algorithm: none';
  }
  if (
    is(
      /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_UNTRUSTED|self[- ]signed certificate|unable to verify the first|unable to get (?:local )?issuer/,
    )
  ) {
    const given = settings.tls?.ca === undefined ? 'Give its certificate' : 'Check the certificate given';
    return `the broker’s certificate is not signed by an authority that is trusted here. ${given} in ssl.ca.location (or ssl.ca.pem)`;
  }
  if (
    is(
      /ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)|alert (?:bad certificate|certificate required|handshake failure)/i,
    )
  ) {
    return settings.tls?.cert === undefined && settings.tls?.keystore === undefined
      ? 'the broker wants a client certificate. Write ssl.certificate.location and ssl.key.location'
      : 'the broker did not accept the client certificate (ssl.certificate.location)';
  }
  if (
    is(
      /ALERT_(?:CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)|alert (?:certificate (?:unknown|expired|revoked)|unknown ca)/i,
    )
  ) {
    return 'the broker did not accept the client certificate: it has expired, or the broker does not trust who signed it. Check ssl.certificate.location';
  }
  if (
    is(/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|wrong version number|packet length too long/i) ||
    name === 'EPROTO'
  ) {
    const plain = settings.sasl === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT';
    return `the broker does not speak TLS at this port. Write security.protocol: ${plain}, or the port that does`;
  }
  if (/^(?:CERT_|SELF_SIGNED|UNABLE_|ERR_TLS|ERR_SSL|ERR_OSSL)/.test(name))
    return `TLS failed (${name}): ${text}`;
  // Thrown before anything was sent: what `tls.connect` was given cannot be used.
  const local = settings.tls === undefined ? undefined : /^Failed to connect: (.*)/s.exec(text)?.[1];
  return local === undefined ? undefined : `TLS cannot be set up with these ssl.* properties: ${local}`;
}
