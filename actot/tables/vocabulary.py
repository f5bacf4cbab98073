"""How loggers call their columns: steps, runs, what is said of a run, and which names tell a setting from a metric."""

import re


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Without the path in front of it, in lower case; the first that holds whole numbers counts.
STEPS = _list("""
    _step global_step step steps total_timesteps timesteps_total num_env_steps env_steps
    total_env_steps total_steps num_timesteps timesteps timestep train_step iteration iterations
    iter training_iteration global_steps env_step global_iter iters n_iter frames frame
""")
# They may count something coarser than the rows do: only where nothing else counts.
COARSE = _list("""
    update updates num_updates evaluation evaluations epoch epochs episode episodes generation
""")
RUN = _list("""
    run_id run _run run_uuid wandb_id trial_id trial experiment exp exp_name experiment_name
    trial_name experiment_id id
""")
NAME = ("name", "run_name", "display_name", "tags.mlflow.runname")
FACTS = {
    "name": NAME,
    "state": ("state", "status"),
    "group": ("group", "run_group"),
    "tags": ("tags",),
    "created": ("created", "created_at", "start_time"),
}
# What the tables of runs of W&B and MLflow say beside config and metrics.
BOOKKEEPING = _set("""
    state status created created_at updated heartbeat_at end_time start_time runtime duration
    _runtime _timestamp _wandb sweep sweep_name user username notes tags group job_type hostname
    host commit git_commit entity project gpu_type gpu_count cpu_count os python_version command
    url description source_type source_name artifact_uri experiment_id lifecycle_stage version
""")
FOREIGN_TAGS = ("tags.", "github", "system/", "system.", "system_")
SETTINGS, MEASURED = (
    ("config.", "config/", "params.", "param."),
    ("metrics.", "metric.", "summary.", "summary/"),
)

SECTION = _set("""
    train training eval evaluation val valid validation test rollout rollouts metrics charts
    losses perf time timing best final timers info ray sampler
""")
METRIC = SECTION | _set("""
    loss acc accuracy success successes reward rewards rew return returns score error err mse
    rmse mae l1 perplexity ppl kl kld kldiv nll bce elbo auc f1 recall iou map bleu rouge psnr
    ssim fid entropy norm regret fps sps throughput runtime duration elapsed seconds metric wins
    solved correlation r2 variance std mean avg average median rate correct wer cer bpb top1
    top5 mfu per hit hits pass failure failures precision
""")
# The word that a setting's name ends with, or one that it starts with.
KNOB_END = _set("""
    lr size dim dims freq frequency interval weight weights coef coeff scale factor decay seed
    seeds steps epochs layers heads width depth hidden dropout momentum beta beta1 beta2 betas
    gamma tau eps epsilon clip optimizer bs scheduler type mode name path dir enabled enable
    workers gpus device split budget horizon chunk warmup temperature patience
    channels units lambda wd reg rank threshold window envs blocks embd embed params
    model policy dataset data env task algo algorithm backbone activation kernel range
""")
KNOB_START = _set(
    "lr learning use is num n max with enable optimizer scheduler target init initial lambda"
)
KNOB_PAIRS = {
    ("learning", "rate"),
    ("dropout", "rate"),
    ("decay", "rate"),
    ("ema", "rate"),
    ("mask", "rate"),
}
WORDS = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])|\d+")


def plain(column: str) -> str:
    """A name as it is looked up."""
    return column.strip().lower().replace(" ", "_")


def leaf_of(column: str) -> str:
    """The name of a column without the path in front of it, as it is looked up."""
    return plain(column.rpartition("/")[2])


def is_time(column: str) -> bool:
    """Whether a column's name is that of a clock."""
    return bool({"time", "timestamp", "runtime", "duration", "walltime"} & set(_words(column)))


def is_seed(column: str) -> bool:
    """Whether a column's name is that of a seed."""
    return bool({"seed", "seeds"} & set(_words(re.split(r"[./]", column)[-1])))


def is_bookkeeping(column: str) -> bool:
    """Whether a column of a table of runs says neither a setting nor a metric."""
    name = plain(column)
    return name in BOOKKEEPING or name.startswith(FOREIGN_TAGS)


def kind_of(column: str) -> str:
    """What the name of a column of numbers tells: "config", "metric", or "" where it does not."""
    name = plain(column)
    for kind, starts in (("config", SETTINGS), ("metric", MEASURED)):
        if name.startswith(starts):
            return kind
    if "/" in column and set(_words(column.partition("/")[0])) & SECTION:
        return "metric"
    # In a nested config the last part of the path is the name of the setting.
    leaf = re.split(r"[./]", column)[-1]
    words = _words(leaf)
    if _is_knob(words):
        return "config"
    if set(words) & METRIC or ("/" in column and set(_words(column)) & METRIC):
        return "metric"
    dotted = "." in column and "/" not in column
    return ("metric" if set(_words(column)) & METRIC else "config") if dotted else ""


def _is_knob(words: list[str]) -> bool:
    if not words:
        return False
    if words[-1] in KNOB_END or tuple(words[-2:]) in KNOB_PAIRS:
        return True
    start = words[0] == "target" or not set(words) & METRIC
    return words[0] in KNOB_START and start


def _words(name: str) -> list[str]:
    """The words of `learningRate`, `learning_rate` or `Learning Rate`."""
    return [w.lower() for w in WORDS.findall(name)]
