from ..hpo import study
