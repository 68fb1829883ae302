// A worker as a user would write it: reads a line, parses it, answers `ok`.
let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  let answers = '';
  for (const line of lines) {
    JSON.parse(line);
    answers += 'ok\n';
  }
  process.stdout.write(answers);
});
