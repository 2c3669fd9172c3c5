import company.hpo.search
