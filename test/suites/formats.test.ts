import { formatSuite } from './format.ts';
import { connectors } from './parts.ts';

for (const connector of await connectors('format')) formatSuite(connector);
