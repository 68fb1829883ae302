import type { ConfigOf, ConfigSchema } from '../../contract/schema.ts';

export const schema = {
  type: 'object',
  properties: {
    url: {
      type: 'string',
      minLength: 1,
      template: true,
      description:
        'Where events go. `${{ CEL }}` may stand behind the host; what it gives is percent-encoded. User and password in it are sent as basic auth.',
      examples: ['https://example.com/hooks/${{ event.type }}'],
    },
    method: {
      enum: ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'],
      default: 'POST',
      description: 'The request’s method. GET sends no body.',
    },
    headers: {
      type: 'object',
      additionalProperties: { type: 'string', template: true },
      default: {},
      description: 'Headers to add, or to put in place of evrun’s own: name to text with `${{ CEL }}` in it.',
    },
    mode: {
      enum: ['structured', 'binary', 'event', 'data'],
      default: 'structured',
      description:
        'What is sent unless `body` is given: the event as structured CloudEvents JSON, as a binary CloudEvent (attributes in headers), as `{"event_type","event","meta"}`, or its data alone.',
    },
    body: {
      type: ['string', 'object', 'array'],
      template: true,
      description:
        'The body in place of `mode`: text, or JSON values, with `${{ CEL }}` in their strings. A string that is one `${{ }}` keeps the value’s type.',
      examples: [{ text: 'tag added to ${{ event.data.entityUrn }}' }],
    },
    auth: {
      type: 'object',
      additionalProperties: false,
      properties: {
        bearer: { type: 'string', secret: true, description: 'Sent as `Authorization: Bearer …`.' },
        basic: {
          type: 'object',
          additionalProperties: false,
          required: ['username', 'password'],
          properties: {
            username: { type: 'string', description: 'User name, without a colon.' },
            password: { type: 'string', secret: true, description: 'Password.' },
          },
          description: 'Sent as `Authorization: Basic …`.',
        },
      },
      description: 'Either `bearer` or `basic`.',
    },
    tls: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ca_certificate_path: {
          type: 'string',
          description: 'PEM file of the authority to trust instead of the usual ones.',
        },
        client_certificate_path: {
          type: 'string',
          description: 'PEM file of the certificate that evrun shows.',
        },
        client_key_path: { type: 'string', description: 'PEM file of that certificate’s key.' },
        disable_ssl_verification: {
          type: 'boolean',
          default: false,
          description: 'Accepts any certificate: whoever is on the way can then read and change everything.',
        },
      },
      description: 'Certificates, for https.',
    },
    max_connections: {
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      default: 128,
      description: 'The most connections at once. More than `concurrency` are never opened.',
    },
  },
  required: ['url'],
} as const satisfies ConfigSchema;

export type HttpConfig = ConfigOf<typeof schema>;
