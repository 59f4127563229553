/** Many tasks that wait most of their time, so many at once: their results in the order of the tasks. */
export async function inParallel<Task, Result>(
  tasks: readonly Task[],
  most: number,
  run: (task: Task) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(tasks.length);
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const place = next++;
      results[place] = await run(tasks[place]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, tasks.length) }, worker));
  return results;
}
