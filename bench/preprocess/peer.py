# One preprocessing by LLaMA-Factory, by its own get_dataset with one process and an empty cache. Prints one line of JSON.
import array
import hashlib
import json
import os
import resource
import sys
import time

settings = json.loads(sys.argv[1])
os.environ["DISABLE_VERSION_CHECK"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_DATASETS_CACHE"] = settings["cache"]
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import get_train_args
from llamafactory.model import load_tokenizer

model, data, training, _, _ = get_train_args(
    dict(
        model_name_or_path=settings["model"],
        stage="sft",
        do_train=True,
        finetuning_type="lora",
        template=settings["template"],
        dataset_dir=settings["folder"],
        dataset=settings["dataset"],
        cutoff_len=settings["cutoff"],
        preprocessing_num_workers=1,
        overwrite_cache=True,
        output_dir=os.path.join(settings["cache"], "out"),
        report_to="none",
    )
)
module = load_tokenizer(model)
template = get_template_and_fix_tokenizer(module["tokenizer"], data)
began = time.perf_counter()
dataset = get_dataset(template, model, data, training, stage="sft", **module)["train_dataset"]
seconds = time.perf_counter() - began
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024
tokens = 0
with open(settings["digests"], "w") as file:
    for row in dataset:
        tokens += len(row["input_ids"])
        numbers = array.array("i", row["input_ids"]).tobytes() + array.array("i", row["labels"]).tobytes()
        file.write(hashlib.sha256(numbers).hexdigest() + "\n")
print(json.dumps(dict(rows=len(dataset), tokens=tokens, seconds=seconds, peakBytes=peak)))
