from company import models
