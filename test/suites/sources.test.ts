import { connectors } from './parts.ts';
import { sourceSuite } from './source.ts';

for (const connector of await connectors('source')) sourceSuite(connector);
