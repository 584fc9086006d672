// Takes the meaning from marks in people's texts that SDXL would act upon, without changing what they say to it.

/** Ends or begins a prompt for CLIP, or stands for trained weights, wherever it is found. */
const MARKS = /<(?=\|(?:startof|endof)text\|>|s\d+>)/gi;

/** @param trigger of trained weights: the model puts them in its place even inside another word; null without */
export function defuse(text: string, trigger: string | null): string {
  const plain = text.replace(MARKS, '< ');
  return trigger ? withoutTrigger(plain, trigger) : plain;
}

/** The model looks for the trigger by its case, and reads everything in lower case afterwards: TOKYO and tokyo are one to it. */
function withoutTrigger(text: string, trigger: string): string {
  const disguise = disguiseOf(trigger);
  let plain = text;
  while (plain.includes(trigger)) plain = plain.replaceAll(trigger, () => disguise);
  return plain;
}

function disguiseOf(trigger: string): string {
  const lower = trigger.toLowerCase();
  if (lower !== trigger) return lower;
  const upper = trigger.toUpperCase();
  return upper === trigger ? `${trigger[0]} ${trigger.slice(1)}` : upper;
}
