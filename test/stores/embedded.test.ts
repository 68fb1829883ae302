import { openStore } from '../../src/stores/embedded/index.ts';
import { silentLogger } from '../../src/support/logging/log-silent.ts';
import { storeSuite } from '../suites/store.ts';
import { folder } from '../support/disk.ts';

storeSuite('embedded', async () => {
  const dir = await folder();
  return {
    open: () => openStore({ dir: dir.path, pipeline: 'Suite', log: silentLogger }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
});
