// A transformer is a function: it gets an event of its own and returns the event to go on with, null to drop it,
// or a list to split it. Throwing fails the attempt.

const TEAMS = { 'jonas.weber': 'Payments', 'people-ops': 'HR' };

export default function teamOfOwner(event) {
  const owner = event.data.modifier.split(':').at(-1);
  const team = TEAMS[owner];
  if (team === undefined) return null;
  return { ...event, data: { ...event.data, owner, team } };
}
