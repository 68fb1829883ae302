import { connectors } from './parts.ts';
import { transformerSuite } from './transformer.ts';

for (const connector of await connectors('transformer')) transformerSuite(connector);
