/* Loads `<path> <kind>` with Node's own loader, which the test runner replaces, and prints how that failed. */
import { EvrunError } from '../../src/contract/errors.ts';
import { loadUserModule } from '../../src/support/modules/user-module.ts';

const [path = '', kind = 'action'] = process.argv.slice(2);
try {
  await loadUserModule(path, kind as 'action');
  process.stdout.write('loaded');
} catch (error) {
  const { code, retry } = error as EvrunError;
  process.stdout.write(
    error instanceof EvrunError ? `${code} ${retry} ${error.message}` : `unwrapped ${error}`,
  );
}
