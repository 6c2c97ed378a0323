// One workload for one subject in a process of its own: `node job.mjs <workload> <subject> <url> <size>`.
const [, , workloadName, name, url, size] = process.argv;
const workload = await import(`../workloads/${workloadName}.mjs`);
const subject = name === 'floor' ? undefined : await (await import(`../subjects/${name}.mjs`)).open(url);
/** What is known so far, in case that there is not enough time for the rest. */
const tell = (figures) => process.send({ figures });
const figures = await workload.run({ name, url, subject, tell, size: workload[size] });
process.send({ figures, done: true }, () => process.exit());
