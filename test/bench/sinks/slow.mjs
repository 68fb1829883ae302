// An action that takes its time, for the memory job.
export default () => new Promise((resolve) => setTimeout(resolve, 5));
