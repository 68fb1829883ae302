import { describe, expect, it } from 'vitest';
import { adminAddress } from '../../src/admin/address.ts';

describe('--admin', () => {
  it.each([
    ['127.0.0.1:9100', { host: '127.0.0.1', port: 9100 }],
    ['127.9.9.9:1', { host: '127.9.9.9', port: 1 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    [':9100', { host: '127.0.0.1', port: 9100 }],
    ['9100', { host: '127.0.0.1', port: 9100 }],
  ])('reads %s', (text, address) => {
    expect(adminAddress(text, undefined)).toEqual(address);
  });

  it.each(['', 'x', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:80', 'http://127.0.0.1:80', '1:2:3'])(
    'refuses "%s" and shows what to write',
    (text) => {
      expect(() => adminAddress(text, undefined)).toThrow(/expected HOST:PORT.*--admin 127\.0\.0\.1:9100/);
    },
  );

  // Proven: with `isLoopback` answering true, nothing is thrown.
  it.each(['0.0.0.0:9100', '[::]:9100', '10.0.0.1:9100', 'example.org:80', '127.0.0.1.example.org:80'])(
    'lets others reach %s only with a token',
    (text) => {
      expect(() => adminAddress(text, undefined)).toThrow(/--admin-token/);
      expect(adminAddress(text, 'secret').port).toBeGreaterThan(0);
    },
  );

  it('refuses an empty token, which would protect nothing', () => {
    expect(() => adminAddress('127.0.0.1:1', '')).toThrow(/--admin-token: the token is empty/);
  });
});
