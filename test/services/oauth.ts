/** An unsigned token as the brokers' OAUTHBEARER listener takes it. `seconds`: how long it is good from now. */
export function unsignedToken(subject: string, seconds = 3_600): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now - 10, exp: now + seconds })}.`;
}
