/** Guards of the sources and actions that work with files. */
export const fileGuards = [
  {
    name: 'a damaged gzip file gives what was unpacked and not yet taken',
    file: 'src/sources/file/gzip.ts',
    off: '      if (rest.length === 0) throw error;\n      return rest;',
    by: '      throw rest.length < 0 ? undefined : error;',
    test: 'test/sources/file.test.ts',
    only: 'that are cut off give',
  },
  {
    name: 'the error of a damaged file comes after what it holds is done',
    file: 'src/sources/file/source.ts',
    off: '        await this.doneTo(file, given, signal);\n',
    by: '',
    test: 'test/sources/file.test.ts',
    only: 'that are cut off give',
  },
  {
    name: 'a batch is cut between lines where the file is full',
    file: 'src/actions/file/append-file.ts',
    off: 'maxBytes === 0 || ',
    by: 'maxBytes === 0 || this.size === 0 || ',
    test: 'test/actions/file.test.ts',
    only: 'a batch that outgrows',
  },
];
