import { actionSuite } from './action.ts';
import { connectors } from './parts.ts';

for (const connector of await connectors('action')) actionSuite(connector);
